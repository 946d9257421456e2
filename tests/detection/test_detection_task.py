"""A step and a validation of a detector by two processes (gloo, on the CPU) are those of one."""

import os
import socket
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import multiprocessing
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from mojika.data.page_labels import PageLabels
from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detect_pages import Search
from mojika.detection.detection_task import Detection
from mojika.detection.detector import Detector
from mojika.detection.page_tiles import tile_augmentation
from mojika.detection.tile_input import TileInput
from mojika.models.classifier import freeze_batch_norm
from mojika.training.distributed import World, joined_world
from mojika.training.precision import Precision

PAGES, SIZE, BATCH = 5, 64, 5  # neither pages nor tiles make even shares
CPU = Precision(torch.device("cpu"), None)
SEARCH = Search(short_sides=(120,), gray=False, score_threshold=0.0, at_most=50, iou=0.5)


def draw(folder: Path) -> tuple[list[PageLabels], dict[str, Path]]:
    """Page k of 100 by 120 pixels has k black squares, so the first is empty."""
    labelled, files = [], {}
    for number in range(PAGES):
        page = np.full((120, 100, 3), 220, np.uint8)
        corners = np.array([[10, 10], [60, 12], [12, 70], [58, 80]], np.float32)[:number]
        for x, y in corners.astype(int):
            page[y : y + 24, x : x + 20] = 10
        name = f"page{number}"
        boxes = np.concatenate([corners, corners + (20, 24)], axis=1).astype(np.float32)
        labelled.append(PageLabels(name, ("U+3042",) * number, boxes))
        files[name] = folder / f"{name}.png"
        cv2.imwrite(str(files[name]), page)
    return labelled, files


def one_step_and_validation(folder: Path, world: World) -> dict:
    """The weights after a step, its sums, and what validation found; how often it asked to go on."""
    labelled, files = draw(folder)
    torch.manual_seed(0)
    detector = Detector(DetectorArchitecture("centernet", "test_resnet", width=8)).train()
    freeze_batch_norm(detector)
    detector.network.size[-1].bias.data.fill_(5.0)  # boxes with an area, to be gathered
    tiles = TileInput(
        labelled, files, tile_augmentation(SIZE, (0.5,) * 3, (0.25,) * 3), CPU.device,
        short_sides=(SIZE, SIZE), batch_size=BATCH, tiles_per_page=1, seed=1, workers=1,
        cache_bytes=2**20, rank=world.rank, processes=world.size,
    )  # fmt: skip
    task = Detection(detector, tiles, 1, files, None, SEARCH, CPU, workers=1, world=world)
    network = DistributedDataParallel(detector) if world.size > 1 else detector
    (batch,) = tiles.train_batches(0, 1)
    asked: list[bool] = []
    before = parameters_to_vector(detector.parameters()).detach().clone()
    optimizer = torch.optim.SGD(detector.parameters(), lr=0.01)
    sums = task.step(network, optimizer, CPU.scaler(), batch, 0, torch.Generator())
    after = parameters_to_vector(detector.parameters()).detach().clone()
    vector_to_parameters(before, detector.parameters())
    with torch.no_grad():
        found = task.find_boxes(detector, lambda: asked.append(True))
    return {
        "step": after - before, "sums": world.sum(sums), "own": len(batch.images), "asked": len(asked),
        "pages": found.pages.to_dict("list"), "ids": found.boxes["image_id"].tolist(),
        "boxes": torch.from_numpy(found.boxes.iloc[:, 1:].to_numpy(np.float32)),
    }  # fmt: skip


def work(rank: int, folder: str, port: int) -> None:
    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    own = Path(folder) / str(rank)
    own.mkdir()
    with joined_world() as world:
        torch.save(one_step_and_validation(own, world), Path(folder) / f"{rank}.pt")


def test_a_step_and_a_validation_of_two_processes_are_those_of_one(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    multiprocessing.spawn(work, (str(tmp_path), port), nprocs=2)
    alone = one_step_and_validation(tmp_path, World())
    both = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    assert [result["own"] for result in both] == [2, 3] and alone["own"] == BATCH
    assert [result["asked"] for result in both] == [PAGES // 2] * 2 and alone["asked"] == PAGES
    assert alone["step"].abs().max() > 1e-4
    for result in both:
        torch.testing.assert_close(result["step"], alone["step"], rtol=1e-3, atol=1e-7)
        torch.testing.assert_close(result["sums"], alone["sums"], rtol=1e-5, atol=0)
        assert result["pages"] == alone["pages"] and result["ids"] == alone["ids"]
        assert len(result["ids"]) > PAGES and torch.equal(result["boxes"], alone["boxes"])
