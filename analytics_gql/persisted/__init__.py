"""Documents that are known before they are asked for, by identifier or by name."""
