"""QueryPlan → Statement."""
