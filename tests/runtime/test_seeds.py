import itertools

import torch

from mojika.runtime.seeds import Purpose, derived_seed, step_generator


def test_same_address_same_numbers():
    first, second = (torch.rand(5, generator=step_generator(1, 2, 3, 0, Purpose.INPUT)) for _ in range(2))
    assert torch.equal(first, second)


def test_every_address_has_its_own_stream():
    addresses = itertools.product(range(2), range(3), range(20), range(2), Purpose)
    seeds = [derived_seed(*address) for address in addresses]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
