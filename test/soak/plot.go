package main

func draw([]sample) []byte { return nil }
