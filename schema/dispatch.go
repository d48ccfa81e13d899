package schema

import "time"

// Dispatch is a row of sn_pren_delivery, claimed by whoever delivers it: an outcome for a provider, or an incident for the service desk.
type Dispatch struct {
	SysID         string  `db:"sys_id"`
	Receiver      string  `db:"receiver"`
	Attempt       int     `db:"attempts"` // 1 at the first try
	Outcome       string  `db:"outcome"`  // sys_id; "" when it is an incident
	Incident      string  `db:"incident"`
	WaitedSeconds float64 `db:"waited"` // since it was asked for, by Postgres's clock
}

// DispatchLeases are for how long a claimed delivery is whose who claimed it: longer than the longest attempt takes.
type DispatchLeases struct{ Outcome, Incident time.Duration }

// DispatchAttempt is what came of trying to deliver one.
type DispatchAttempt struct {
	Began     time.Time
	Took      time.Duration
	Status    int    // of the answer; 0 without one
	Detail    string // a sentence, which names no address, no secret and nobody
	Said      string // the other system's own words, which may name anybody: they are kept with the attempt, and no log has them
	Delivered bool
	GiveUp    bool          // trying again makes no sense
	Busy      bool          // its host had enough on its way: it was no attempt
	Unclear   bool          // it may have arrived
	After     time.Duration // at least until the next try, where something says so
	Foreign   ForeignRecord // what became of an incident, where that was told
}

// DispatchWaiting is what other systems are still to be told. Of each receiver no more than MostCounted are counted.
type DispatchWaiting struct {
	Kind          string  `db:"kind"` // outcome or incident
	Count         int     `db:"count"`
	OldestSeconds float64 `db:"oldest"`
	GivenUp       int     `db:"given_up"`
}

// MostCounted is how far the deliveries of one receiver are counted, so that looking at a backlog is no load.
const MostCounted = 10_000

// EndedDispatch is a delivery that was given up without another attempt, and why.
type EndedDispatch struct {
	Receiver string `db:"receiver"`
	Incident string `db:"incident"` // sys_id; "" when it is an outcome
	Detail   string `db:"detail"`
}

// Redelivery says what is to be told again; one of the first three is set.
type Redelivery struct {
	ID           string   // of one outcome
	ExperienceID string   // all outcomes of an issue
	Provider     string   // provider_code: all that were given up
	Providers    []string // for which whoever asks speaks; empty: all
}

// HandingOver says which incidents the service desk's system is to be told; one of the first three is set.
type HandingOver struct {
	Number       string        // of one, also when it has been told
	ExperienceID string        // the one of an issue, also when it has been told
	Within       time.Duration // all that are open, not known there, and not older
	Providers    []string      // for which whoever asks speaks; empty: all
}

// NoServiceDesk is that no service desk is active, which could be told of an incident.
const NoServiceDesk = dispatchError("no service desk is active")

type dispatchError string

func (e dispatchError) Error() string { return string(e) }

// MaxHandingOver is how far back incidents are looked for that a service desk's system does not know.
const MaxHandingOver = 366 * 24 * time.Hour
