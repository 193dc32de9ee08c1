package reset

// Judge judges.
func Judge(Input) []Event { return nil }
