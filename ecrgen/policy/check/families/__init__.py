"""The check families: each looks at a whole policy for one kind of mistake, and none knows another."""
