"""Tests that look at pages in a headless Chromium."""
