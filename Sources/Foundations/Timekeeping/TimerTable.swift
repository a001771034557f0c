/// The few named timers of one state machine, such as A, B and D of an INVITE client transaction.
///
/// Small by design: a linear array that is searched, for at most a dozen names.
package struct TimerTable<Name: Hashable & Sendable>: Sendable {
    private var armed: [(name: Name, deadline: Instant)] = []

    package init() {}

    /// The earliest deadline, or nil when no timer is armed.
    package var deadline: Instant? {
        // No key path: in generic code it is made anew each time, which cost more than all the timers of a call.
        self.armed.min { $0.deadline < $1.deadline }?.deadline
    }

    package func deadline(of name: Name) -> Instant? {
        self.armed.first(where: { $0.name == name })?.deadline
    }

    package mutating func arm(_ name: Name, at deadline: Instant) {
        self.disarm(name)
        self.armed.append((name, deadline))
    }

    package mutating func disarm(_ name: Name) {
        self.armed.removeAll(where: { $0.name == name })
    }

    package mutating func disarmAll() {
        self.armed.removeAll(keepingCapacity: true)
    }

    /// Takes out the timer that is due first, or returns nil when none is due. Ties go to the one armed first.
    package mutating func popDue(at now: Instant) -> Name? {
        guard let deadline = self.deadline, deadline <= now,
            let index = self.armed.firstIndex(where: { $0.deadline == deadline })
        else { return nil }
        return self.armed.remove(at: index).name
    }
}
