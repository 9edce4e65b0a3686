"""Questions → JSON bytes. Under every door."""
