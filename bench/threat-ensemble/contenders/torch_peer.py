"""PyTorch on the CPU."""

import torch
from torch import nn

from job import Job

job = Job()
torch.set_num_threads(job.threads)
torch.set_num_interop_threads(1)


class Lstm(nn.Module):
    def __init__(self, width: int, units: int, sequences: bool) -> None:
        super().__init__()
        self.cells = nn.LSTM(width, units, batch_first=True)
        self.sequences = sequences

    def forward(self, x):
        states, _ = self.cells(x)
        return states if self.sequences else states[:, -1]


def layers():
    """The layers with their weights; an LSTM's gates are in the same order as ours, its bias is in two parts."""
    width = job.spec["width"]
    for layer, weights in zip(job.spec["layers"], job.weights, strict=True):
        values = {name: torch.from_numpy(value) for name, value in weights.items()}
        units = layer.get("units", width)
        match layer["type"]:
            case "dense":
                made = nn.Linear(width, units)
                state = {"weight": values["kernel"].reshape(width, units).T, "bias": values["bias"]}
            case "lstm":
                made = Lstm(width, units, layer["returnSequences"])
                state = {
                    "cells.weight_ih_l0": values["kernel"].reshape(width, 4 * units).T,
                    "cells.weight_hh_l0": values["recurrent"].reshape(units, 4 * units).T,
                    "cells.bias_ih_l0": values["bias"],
                    "cells.bias_hh_l0": torch.zeros(4 * units),
                }
            case "dropout":
                made, state = nn.Dropout(layer["rate"]), {}
        made.load_state_dict(state)
        yield made
        if layer.get("activation") == "relu":
            yield nn.ReLU()
        width = units


model = nn.Sequential(*layers())
flat = job.spec["steps"] == 1
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
loss = nn.BCEWithLogitsLoss()


def tensor(inputs):
    made = torch.from_numpy(inputs)
    return made[:, 0] if flat else made


def train(inputs, targets) -> None:
    x, y = tensor(inputs), torch.from_numpy(targets)
    model.train()
    for rows in torch.randperm(len(y)).split(job.batch_size):
        optimizer.zero_grad()
        loss(model(x[rows])[:, 0], y[rows]).backward()
        optimizer.step()


@torch.inference_mode()
def score(inputs):
    model.eval()
    return torch.cat([model(rows)[:, 0] for rows in tensor(inputs).split(1024)]).numpy()


job.run(train, score)
