-- Creates the database of a private cluster.
CREATE DATABASE lethe
