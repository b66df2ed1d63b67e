// A page that reads CSV files: shows that what the scaler's page is searched for can be found.
import { readCsv } from "@mlsec/preprocess";

globalThis.readCsv = readCsv;
