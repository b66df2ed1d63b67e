"""Keras: an epoch, a batch or single rows of a network."""

from keras_model import model_of, shaped, train, use_threads

from job import Job

job = Job()
use_threads(job.threads)
model = model_of(job)


def score(inputs):
    if len(inputs) == 1:
        return model.predict_on_batch(shaped(job, inputs))
    return model.predict(shaped(job, inputs), batch_size=1024, verbose=0)


job.run(lambda inputs, targets: train(model, job, inputs, targets), score)
