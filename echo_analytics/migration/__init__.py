"""What a migration looks at, and the steps that it takes."""
