//go:build !linux

package disk

// Unpolled is for Linux alone.
const Unpolled = 0
