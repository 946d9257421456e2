from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mojika.augmentation.image import ImageAugmentation
from mojika.data.input_pipeline import InputPipeline, choose_residency, expect_batches, steps_per_epoch
from mojika.errors import UserError

CPU = torch.device("cpu")
RECIPE = ImageAugmentation(
    input_size=10, scale_size=12, rotate_degree=10, crop_scale=(0.7, 1.0), brightness=0.2, mean=(0.0,), std=(1.0,)
)
PLAIN = ImageAugmentation(input_size=12, scale_size=12, mean=(0.0,), std=(1.0,))


def split_of(*sizes: int, repeat: int = 1) -> SimpleNamespace:
    """A list over packs of these lengths, interleaved; every image is filled with a value of its own."""
    generator = np.random.default_rng(0)
    packs, start = [], 0
    for size in sizes:
        values = np.arange(start, start + size, dtype=np.uint8)
        packs.append(
            SimpleNamespace(images=np.tile(values[:, None, None, None], (1, 12, 12, 1)), size=(12, 12), channels=1)
        )
        start += size
    order = generator.permutation(start)
    edges = np.cumsum([0, *sizes])
    pack_index = np.searchsorted(edges, order, side="right") - 1

    class Split(SimpleNamespace):
        def __len__(self):
            return len(self.row)

    return Split(
        packs=packs,
        pack_index=pack_index,
        row=order - edges[pack_index],
        targets=(order % 5)[:, None].astype(np.int64),
        weight=(order / 100).astype(np.float32),
        repeat=np.full(start, repeat),
        shared=order % 2 == 0,
        unseen=None if len(sizes) == 1 else order % 3 == 0,
    )


def values_of(batch) -> np.ndarray:
    return (batch.images[:, 0, 5, 5] * 255).round().int().numpy()


@pytest.mark.parametrize("residency", ["host", "device"])
@pytest.mark.parametrize("sizes", [(23,), (9, 14), (1, 20, 2)])
def test_every_image_arrives_once_with_its_own_target_weight_and_mark(residency, sizes):
    pipeline = InputPipeline(split_of(*sizes), PLAIN, CPU, residency=residency, workers=2)
    for batches in (pipeline.valid_batches(4), pipeline.train_batches(0, 4, False, None)):
        batches = list(batches)
        values = np.concatenate([values_of(batch) for batch in batches])
        assert sorted(values) == list(range(23))
        assert np.array_equal(np.concatenate([batch.targets[:, 0] for batch in batches]), values % 5)
        assert np.concatenate([batch.weights for batch in batches]) == pytest.approx(values / 100)
        assert np.array_equal(np.concatenate([batch.shared for batch in batches]), values % 2 == 0)
        if len(sizes) > 1:
            assert np.array_equal(np.concatenate([batch.unseen for batch in batches]), values % 3 == 0)
        else:
            assert batches[0].unseen is None


@pytest.mark.parametrize("residency", ["host", "device"])
def test_rectangles_come_out_as_rectangles(residency):
    split, generator = split_of(9, 14), np.random.default_rng(1)
    for pack in split.packs:
        pack.images, pack.size = generator.integers(0, 256, (len(pack.images), 12, 20, 1)).astype(np.uint8), (12, 20)
    recipe = ImageAugmentation(input_size=(10, 16), scale_size=(12, 20), mean=(0.0,), std=(1.0,))
    pipeline = InputPipeline(split, recipe, CPU, residency=residency)
    assert pipeline.bytes_per_image == 240
    seen = torch.cat([batch.images for batch in pipeline.valid_batches(4)])
    expected = pipeline.gather(np.arange(23))[:, 1:11, 2:18, 0] / 255
    np.testing.assert_allclose(seen[:, 0], expected, atol=1e-6)
    assert images_of(pipeline, epoch=0)[0].shape == (4, 1, 10, 16)


def test_validation_keeps_the_order_of_the_list():
    split = split_of(9, 14)
    values = np.concatenate([values_of(batch) for batch in InputPipeline(split, PLAIN, CPU).valid_batches(5)])
    assert np.array_equal(values % 5, split.targets[:, 0])


def images_of(pipeline, **address) -> list[torch.Tensor]:
    return [
        batch.images for batch in pipeline.train_batches(batch_size=4, drop_last=True, undersampling=None, **address)
    ]


def test_an_epoch_taken_up_in_the_middle_gives_the_same_batches():
    pipeline = InputPipeline(split_of(23), RECIPE, CPU, seed=3)
    whole, rest = images_of(pipeline, epoch=2), images_of(pipeline, epoch=2, first_step=3)
    assert len(whole) == 5 and len(rest) == 2
    assert all(torch.equal(first, second) for first, second in zip(whole[3:], rest, strict=True))


def test_number_of_workers_and_residency_do_not_change_a_bit():
    pipelines = [
        InputPipeline(split_of(9, 14), RECIPE, CPU, seed=3, workers=workers, residency=residency)
        for workers, residency in ((1, "host"), (3, "host"), (2, "device"), (0, "host"))
    ]
    first, *others = [torch.cat(images_of(pipeline, epoch=0)) for pipeline in pipelines]
    assert all(torch.equal(first, other) for other in others)


@pytest.mark.parametrize("change", [{"epoch": 1}, {"seed": 4}, {"rank": 1}])
def test_epochs_seeds_and_ranks_differ(change):
    settings = {"epoch": 0, "seed": 3, "rank": 0}
    first, second = (
        torch.cat(images_of(InputPipeline(split_of(23), RECIPE, CPU, seed=s["seed"], rank=s["rank"]), epoch=s["epoch"]))
        for s in (settings, settings | change)
    )
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    ("samples", "batch_size", "drop_last", "steps"),
    [(23, 4, False, 6), (23, 4, True, 5), (24, 4, True, 6), (21, 4, False, 5), (3, 4, True, 0), (3, 1, False, 3)],
)
def test_number_of_steps(samples, batch_size, drop_last, steps):
    """A lone image in the last batch is left out of training: batch normalisation has no variance for it."""
    pipeline = InputPipeline(split_of(samples), PLAIN, CPU)
    assert steps_per_epoch(pipeline.split, batch_size, drop_last, None) == steps
    assert len(list(pipeline.train_batches(0, batch_size, drop_last, None))) == steps


def test_repeats_and_undersampling_shape_the_epoch():
    pipeline = InputPipeline(split_of(20, repeat=3), PLAIN, CPU)
    assert steps_per_epoch(pipeline.split, 5, False, None) == 12
    assert steps_per_epoch(pipeline.split, 5, False, undersampling=2) == 2  # five classes, two of each
    first, second = (
        np.concatenate([values_of(batch) for batch in pipeline.train_batches(epoch, 5, False, 2)]) for epoch in (0, 1)
    )
    assert sorted(first % 5) == sorted(second % 5) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert sorted(first) != sorted(second)


def test_device_residency_that_does_not_fit_is_a_one_line_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 10000))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a small GPU")
    with pytest.raises(UserError, match="residency device: .* a small GPU; use residency host"):
        choose_residency("device", 2000, torch.device("cuda"))
    assert choose_residency("auto", 600, torch.device("cuda")) == "host"
    assert choose_residency("auto", 400, torch.device("cuda")) == "device"


@pytest.mark.gpu
@pytest.mark.parametrize("residency", ["host", "device"])
def test_gpu_batches_equal_cpu_batches_within_interpolation_error(residency):
    on_gpu = InputPipeline(split_of(9, 14), RECIPE, torch.device("cuda"), seed=3, residency=residency)
    on_cpu = InputPipeline(split_of(9, 14), RECIPE, CPU, seed=3)
    for first, second in zip(images_of(on_gpu, epoch=0), images_of(on_cpu, epoch=0), strict=True):
        assert (first.cpu() - second).abs().max() < 0.02


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_share_each_batch_and_draw_what_one_would(processes):
    """Every image once, augmented as by a single process, in the part of the batch that is its own."""
    split = split_of(9, 14)
    alone = list(InputPipeline(split, RECIPE, CPU, seed=3).train_batches(1, 8, False, None))
    parts = [
        list(InputPipeline(split, RECIPE, CPU, seed=3, rank=rank, processes=processes).train_batches(1, 8, False, None))
        for rank in range(processes)
    ]
    assert [len(batches) for batches in parts] == [len(alone)] * processes == [3] * processes
    for step, whole in enumerate(alone):
        for rank in range(processes):
            own = parts[rank][step]
            assert torch.equal(own.images, whole.images[rank::processes])
            assert torch.equal(own.targets, whole.targets[rank::processes])
            assert own.total == whole.total == len(whole.images)


@pytest.mark.parametrize("processes", [2, 5])
def test_processes_validate_every_image_once(processes):
    split = split_of(23)
    values = [
        values_of(batch)
        for rank in range(processes)
        for batch in InputPipeline(split, PLAIN, CPU, rank=rank, processes=processes).valid_batches(8)
    ]
    assert sorted(np.concatenate(values)) == list(range(23))


def test_no_process_is_left_with_fewer_than_two_images():
    pipeline = InputPipeline(split_of(19), PLAIN, CPU, rank=0, processes=2)  # 8 + 8 + 3
    steps = steps_per_epoch(pipeline.split, 8, False, None, processes=2)
    assert steps == len(list(pipeline.train_batches(0, 8, False, None))) == 2


@pytest.mark.parametrize(
    ("samples", "drop_last", "reason"),
    [
        (3, True, "3 samples make no batch of 4, and drop_last leaves out smaller ones; lower batch_size"),
        (1, False, "1 samples make no batch of 4: its statistics need two images for each process"),
    ],
)
def test_why_there_is_no_batch(samples, drop_last, reason):
    with pytest.raises(UserError, match=reason):
        expect_batches(InputPipeline(split_of(samples), PLAIN, CPU).split, 4, drop_last, None)
