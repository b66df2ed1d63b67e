// A worker that grows trees.
import { serveForests } from "@mlsec/trees/worker";

serveForests();
