# Of the events of go test -json, counts the tests and lists the skipped ones
# with their reason. As root, a skip that is not in the reviewed list fails.
function field(name,  s) {
  s = $0
  if (!match(s, "\"" name "\":\"")) return ""
  s = substr(s, RSTART + RLENGTH)
  sub(/".*/, "", s)
  return s
}
BEGIN {
  while ((getline line < reviewed) > 0) if (line !~ /^#/ && line != "") { split(line, w, " "); known[w[1] " " w[2]] = 1 }
}
# is_known tells whether a test or one that it is part of is in the list.
function is_known(key) {
  while (!(key in known)) {
    if (!match(key, /\/[^\/ ]*$/) || RSTART < index(key, " ")) return 0
    key = substr(key, 1, RSTART - 1)
  }
  return 1
}
{
  test = field("Test"); if (test == "") next
  key = field("Package") " " test
  action = field("Action")
  if (action == "pass") passed++
  if (action == "fail") failures++
  if (action == "output" && $0 ~ /[a-z_]+\.go:[0-9]+: /) {
    reason = $0; sub(/.*[a-z_]+\.go:[0-9]+: /, "", reason); sub(/\\n"}$/, "", reason); why[key] = reason
  }
  if (action == "skip") { skipped++; list[skipped] = key }
}
END {
  for (i = 1; i <= skipped; i++) {
    mark = is_known(list[i]) ? "" : " (not in " reviewed ")"
    if (mark != "") strange++
    print "skipped: " list[i] ": " why[list[i]] mark
  }
  printf "%d passed, %d failed, %d skipped\n", passed, failures, skipped
  exit (root == 0 && strange > 0) ? 1 : 0
}
