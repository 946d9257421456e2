"""Colour constants that both backends share."""

LUMA = (0.2989, 0.587, 0.114)  # gray of an RGB pixel (ITU-R BT.601), the digits that torchvision uses
