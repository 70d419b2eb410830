// Command chaos gives a real `runner serve` a bad time, and holds what is left against
// what the product promises: the process is killed, stopped and woken, its server answers
// with faults or is cut off, its receiver is ill, and the world changes all the while.
// A checker that knows the truth from outside reads each file whenever it changed, every
// message, each object whenever a request has changed it, and in the end the ledger, as people
// do. Of the runner's own rooms it uses the fake server, and the PostgreSQL, mail server and
// clouds of tests; it asserts no duration, and touches nothing but folders of its own.
//
// It is larger than other rooms: a bad day is a file, and what befalls the process, the
// world and the checker's truth are one plan that each of them reads.
package main
