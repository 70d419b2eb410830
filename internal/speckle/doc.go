// Package speckle is everything that this program knows of the Speckle API:
// servers and their endpoints, queries and how they page, and the facts of the
// schema. It never knows a job, a schedule or an output, and never prints a
// token.
package speckle
