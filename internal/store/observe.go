package store

// observe calls WorkOptions.Observe with an end, while Work runs.
func (s *Store) observe(e Event) {
	if w := s.working(); w != nil && w.o.Observe != nil {
		w.o.Observe(e)
	}
}

// Ended sets the function that gives what is owed for runs that the store itself ends while
// Work doesn't run: a command, too, may find runs whose process was lost too often.
func (s *Store) Ended(owed func(End) []NewDelivery) { s.ended.Store(&owed) }

// askEnded gives the function that says what is owed for an end; nil: nothing is.
func (s *Store) askEnded() func(End) []NewDelivery {
	ask := s.ended.Load()
	if w := s.working(); w != nil {
		ask = &w.o.Ended
	}
	if ask == nil {
		return nil
	}
	return *ask
}
