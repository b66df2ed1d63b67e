// A page that scales and does nothing else.
import { StandardScaler } from "@mlsec/preprocess";

globalThis.StandardScaler = StandardScaler;
