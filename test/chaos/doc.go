// Command chaos gives a real `runner serve` a bad time, and holds what is left against
// what the product promises: the process is killed, stopped and woken, its server answers
// with faults or is cut off, its receiver is ill, and the world changes all the while.
// A checker that knows the truth from outside reads every file at every moment, every
// message, and in the end the ledger. It asserts no duration, never looks into the
// runner's own packages, and touches nothing but a folder of its own.
package main
