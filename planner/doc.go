// Package planner keeps the schedule and the overrides: it takes what people
// upload and order, shows what would change, keeps it in a store, and hands
// what is in force to whoever decides.
//
// What enters: files with events, uploaded or kept in Git, and orders for
// workloads, each with who gives them and why. What leaves: what is wrong with
// a file, the difference it would make, the version it became; and a Plan, made
// anew whenever something changed and as time goes on.
//
// What it refuses to do: it applies no file that has errors, none that was
// based on another version than the current one, and none that removes much
// without being told to; it decides no replica; and a store that does not
// answer takes nothing away from the plan that was made last.
package planner
