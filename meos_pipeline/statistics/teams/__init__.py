"""Teams side by side: pooled, in a funnel, never ranked."""
