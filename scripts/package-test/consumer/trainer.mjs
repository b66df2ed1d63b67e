// A worker that trains.
import { serveTraining } from "@mlsec/threat-ensemble/worker";

serveTraining();
