"""Builds each object from settings; the only room that knows concrete classes."""
