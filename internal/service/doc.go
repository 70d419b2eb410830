// Package service runs jobs: when they are due, as runner serve does, and when
// somebody asks, as runner run does. It brings together the rooms below it: who
// knows when (scheduler), who does an attempt (run), who remembers (store), who is
// told (notify) and who answers over HTTP (web). It reads no flag, draws on no
// screen and decides on no exit code; who wants to see runs go on gives it an
// Observer.
//
// It has more files than other rooms: each wires one of the rooms below to the others.
package service
