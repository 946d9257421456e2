"""Trained models that are ready to read scans, and what they make of each page."""
