// Makes a report on a page.
import { reportHtml } from "@mlsec/evaluate/report";
import { reportContent } from "./report-content.mjs";

globalThis.report = () => reportHtml(reportContent());
