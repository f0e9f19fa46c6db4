"""What only this system's kernel can do or tell: options, queues, groups, paths, limits."""
