//go:build !linux

package main

// usage is known on Linux only: zeros are shown as unknown.
func (*service) usage() (peak, now, cpu float64, err error) { return 0, 0, 0, nil }
