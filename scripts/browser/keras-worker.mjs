// A worker that reads a file of Keras.
import { serveKeras } from "@mlsec/bundle/keras";

serveKeras();
