import Timekeeping

/// What a bad network does to packets, by a seed: the same each time.
enum Impairment: Hashable, Sendable {
    case none
    /// So many of a hundred packets are lost, each for itself.
    case loss(percent: Double)
    /// Each packet is late by a normal deviate around 100 ms; their order is kept, as it is in a queue.
    case jitter(deviation: Duration)
    /// So many of a hundred packets come 25 ms later than sent, behind the next one.
    case reordering(percent: Double)
    /// So many of a hundred packets come twice.
    case duplicates(percent: Double)

    /// When the packets, each sent 20 ms after the other, arrive: in the order of arrival.
    func arrivals(of packets: Int, seed: UInt64) -> [(number: Int, at: Duration)] {
        var random = SeededGenerator(seed: seed)
        var arrivals: [(number: Int, at: Duration)] = []
        var last = Duration.zero
        for number in 0..<packets {
            let sent = Duration.milliseconds(20) * number
            let hits = Double.random(in: 0..<100, using: &random)
            switch self {
            case .none:
                arrivals.append((number, sent))
            case .loss(let percent):
                if hits >= percent { arrivals.append((number, sent)) }
            case .jitter(let deviation):
                let late = Duration.milliseconds(100) + deviation * random.normal()
                last = max(sent + max(.zero, late), last + .microseconds(200))
                arrivals.append((number, last))
            case .reordering(let percent):
                arrivals.append((number, sent + (hits < percent ? .milliseconds(25) : .zero)))
            case .duplicates(let percent):
                arrivals.append((number, sent))
                if hits < percent { arrivals.append((number, sent + .microseconds(200))) }
            }
        }
        return arrivals.sorted { $0.at < $1.at }
    }
}

/// splitmix64.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// Close enough to a normal deviate: the sum of twelve.
    mutating func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + .random(in: 0..<1, using: &self) }
    }
}
