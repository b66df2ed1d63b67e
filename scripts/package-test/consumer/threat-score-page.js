// A page that scores with a trained threat ensemble and does nothing else.
import { FittedEnsemble } from "@mlsec/threat-ensemble/score";

globalThis.FittedEnsemble = FittedEnsemble;
