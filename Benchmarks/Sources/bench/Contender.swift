import CPeers

/// One of those that do the same work and are measured beside each other.
struct Contender {
    let name: String
    /// Does the work `count` times over. What `prepare` did is not part of the time.
    let run: (_ count: Int) -> Void
    var prepare: (_ count: Int) -> Void = { _ in }
}

/// One table row: what a contender needs for one unit of the work.
struct Measurement {
    let contender: String
    /// The median over all rounds, and the least.
    let nanoseconds: Double
    let nanosecondsMin: Double
}

/// One table: a piece of work and what each contender needs for it.
struct Comparison {
    let work: String
    /// The first is ours.
    let measurements: [Measurement]

    /// How many times our cost `other` needs.
    func ratio(of other: Measurement) -> Double {
        other.nanoseconds / self.measurements[0].nanoseconds
    }
}

/// Measures in CPU time, round by round and each contender in every round, so that a change of the machine's speed meets
/// all of them alike.
func compare(_ work: String, _ contenders: [Contender], unitsARound: Int, rounds: Int) -> Comparison {
    var times = [[Double]](repeating: [], count: contenders.count)
    for round in 0..<rounds + 2 {
        for (index, contender) in contenders.enumerated() {
            contender.prepare(unitsARound)
            let start = peer_cpu_now()
            contender.run(unitsARound)
            let end = peer_cpu_now()
            // The first two rounds warm caches, branches and clocks.
            if round >= 2 { times[index].append(Double(end - start) / Double(unitsARound)) }
        }
    }
    let measurements = zip(contenders, times).map { contender, times in
        let sorted = times.sorted()
        return Measurement(
            contender: contender.name, nanoseconds: sorted[sorted.count / 2], nanosecondsMin: sorted[0])
    }
    return Comparison(work: work, measurements: measurements)
}
