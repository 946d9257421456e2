"""Mojika (文字化): reads handwriting that ordinary OCR cannot."""

__version__ = "0.1.0"
