"""How many views of a crop there may be (`test_time_augmentation`). Without torch, for the flags that ask for them."""

VIEW_COUNTS = (1, 5, 7)
