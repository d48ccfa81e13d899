// Package agent runs on a person's device. It fetches the jobs of its computer from an api over HTTP(S), one at a time, and does
// what they ask for, if the device's own policy file allows it: the agent has the last word.
//
// Nothing is repeated blindly. Before it acts it writes on its own disk that it begins, and what on, and has that acknowledged;
// what came of it is written there too, and reported until that is acknowledged. After a crash in between it reports that it
// cannot know. It knows no database, no Temporal and, of this module, the package schema alone.
package agent
