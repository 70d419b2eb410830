package store

// observe tells whoever works here of an end.
func (s *Store) observe(e Event) {
	if w := s.working(); w != nil && w.o.Observe != nil {
		w.o.Observe(e)
	}
}

// Ended says what is owed for runs that the store itself ends while Work
// doesn't run: also a command finds runs whose process was lost too often.
func (s *Store) Ended(owed func(End) []NewDelivery) { s.ended.Store(&owed) }

// askEnded gives who says what is owed for an end, nil for nobody.
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
