"""Reading the traffic: what is selected, where one can jump to, what bytes mean as numbers, and how they are copied."""
