package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"proactive/bench/scenario"
)

// options are the flags.
type options struct {
	scenarios []scenario.Scenario
	sizes     scenario.Sizes
	json      string // path
}

// full is what is measured where nothing is said, short with -short.
var (
	full = scenario.Sizes{Rounds: 5, Window: 2 * time.Second, Connections: []int{1, 32, 128}, Alone: 40, Burst: 500, Each: 50,
		Storm: 10_000, Crowd: 10_000, Waiting: 20_000, Closed: 2_000_000, Staff: 200_000, Steady: 30 * time.Minute}
	short = scenario.Sizes{Rounds: 1, Window: time.Second, Connections: []int{1, 32, 128}, Alone: 15, Burst: 150, Each: 10,
		Storm: 2_000, Crowd: 500, Waiting: 300, Closed: 100_000, Staff: 20_000, Steady: time.Minute}
)

// readOptions reads the flags. A mistake is an error that says what there is.
func readOptions(args []string, usage io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(usage)
	chosen := flags.String("scenarios", "", "which to run, separated by commas (default all but the last): "+strings.Join(names(), ", "))
	brief := flags.Bool("short", false, "small sizes: in less than three minutes, for whoever changes the benchmark; the numbers mean little")
	flags.StringVar(&o.json, "json", "result.json", "where to write all figures")
	set := sizeFlags(flags)
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	o.sizes = full
	if *brief {
		o.sizes = short
	}
	if err := set(&o.sizes); err != nil {
		return o, err
	}
	var err, found error
	o.json, err = filepath.Abs(o.json)
	o.scenarios, found = choose(*chosen)
	return o, errors.Join(err, found)
}

// sizeFlags adds the flags of sizes, and gives what takes over those that were set.
func sizeFlags(flags *flag.FlagSet) func(*scenario.Sizes) error {
	given := full
	connections := flags.String("connections", "1,32,128", "numbers of connections on which reports are sent")
	flags.DurationVar(&given.Window, "window", full.Window, "for how long reports are sent, for each number of connections")
	flags.DurationVar(&given.Steady, "steady", full.Steady, "for how long reports are sent at half load")
	numbers := map[string]struct {
		of      func(*scenario.Sizes) *int
		meaning string
	}{
		"rounds":  {func(s *scenario.Sizes) *int { return &s.Rounds }, "rounds of each comparison"},
		"alone":   {func(s *scenario.Sizes) *int { return &s.Alone }, "reports sent one at a time"},
		"burst":   {func(s *scenario.Sizes) *int { return &s.Burst }, "reports that are to be completed at once"},
		"each":    {func(s *scenario.Sizes) *int { return &s.Each }, "issues that are counted on each path"},
		"storm":   {func(s *scenario.Sizes) *int { return &s.Storm }, "reports of one person and issue code"},
		"crowd":   {func(s *scenario.Sizes) *int { return &s.Crowd }, "reports of as many people"},
		"waiting": {func(s *scenario.Sizes) *int { return &s.Waiting }, "issues that wait for the next report"},
		"closed":  {func(s *scenario.Sizes) *int { return &s.Closed }, "closed issues in the large tables"},
		"people":  {func(s *scenario.Sizes) *int { return &s.Staff }, "people in the large tables"},
	}
	for name, n := range numbers {
		flags.IntVar(n.of(&given), name, *n.of(&given), n.meaning)
	}
	return func(s *scenario.Sizes) (err error) {
		flags.Visit(func(f *flag.Flag) {
			switch n, isNumber := numbers[f.Name]; {
			case isNumber:
				*n.of(s) = *n.of(&given)
				if *n.of(s) < 1 {
					err = fmt.Errorf("-%s must be at least 1", f.Name)
				}
			case f.Name == "window":
				s.Window = max(given.Window, time.Second)
			case f.Name == "steady":
				s.Steady = max(given.Steady, 10*time.Second)
			case f.Name == "connections":
				s.Connections, err = readNumbers(*connections)
			}
		})
		return err
	}
}

func readNumbers(list string) (all []int, err error) {
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > 150 {
			return nil, fmt.Errorf("-connections: %q is no number from 1 to 150", word)
		}
		all = append(all, n)
	}
	return all, nil
}

func choose(list string) (chosen []scenario.Scenario, err error) {
	if list == "" {
		return scenario.All, nil
	}
	for name := range strings.SplitSeq(list, ",") {
		i := slices.Index(names(), strings.TrimSpace(name))
		if i < 0 {
			return nil, fmt.Errorf("no scenario is called %q; there are: %s", name, strings.Join(names(), ", "))
		}
		chosen = append(chosen, every()[i])
	}
	return chosen, nil
}

func every() []scenario.Scenario { return slices.Concat(scenario.All, scenario.Long) }

func names() (all []string) {
	for _, s := range every() {
		all = append(all, s.Name)
	}
	return all
}
