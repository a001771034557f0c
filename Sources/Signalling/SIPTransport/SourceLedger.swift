import Addressing
import SIPSyntax
import Timekeeping

/// What strangers' addresses have sent of late: their rate, their offences, and who is banned.
///
/// A value without I/O and clock; `SourceGuard` shares it between loops. Datagrams and streams of one address are kept
/// apart: a datagram's source can be forged, so nobody's streams suffer for datagrams in his name.
package struct SourceLedger {
    package enum Way: Hashable, Sendable {
        case datagrams
        case streams

        package init(_ transport: SIPTransportName) {
            self = transport.isReliable ? .streams : .datagrams
        }
    }

    package enum Admission: Hashable, Sendable {
        case admitted
        case tooManyMessages
        case banned
        /// Banned, and goes on sending: told once in a ban, which lasts `until`.
        case flooding(until: Instant)
    }

    /// What an offence led to.
    package enum Consequence: Hashable, Sendable {
        /// The first of its window: worth a line in the log.
        case first
        case counted
        /// This one led to a ban.
        case banned
    }

    private struct Key: Hashable, Sendable {
        let holder: IPAddress
        let way: Way
    }

    private struct Entry: Sendable {
        var bucket: TokenBucket
        var offences = 0
        var windowEnd = Instant.origin
    }

    private struct Ban: Sendable {
        let end: Instant
        /// Messages that were not heard.
        var unheardCount = 0
    }

    /// Messages after its ban by which a source proves to be a flood.
    package static let floodMin = 100

    private let limits: SourceLimits
    private var entries: RecentTable<Key, Entry>
    private var bans: [Key: Ban] = [:]
    private var nextSweep = Instant.origin

    package init(_ limits: SourceLimits) {
        self.limits = limits
        self.entries = RecentTable(countMax: limits.sourcesMax)
    }

    /// Bans that have not run out, some that have just done so included.
    package var banCount: Int { self.bans.count }
    package var entryCount: Int { self.entries.count }

    /// A message came.
    package mutating func admit(_ address: IPAddress, _ way: Way, at now: Instant) -> Admission {
        let key = Key(holder: address.ofOneHolder, way: way)
        if self.isBanned(key, at: now) { return self.noteUnheard(key) }
        var entry = self.entries[key] ?? self.newEntry
        guard entry.bucket.take(at: now) else { return .tooManyMessages }
        self.entries.set(key, to: entry)
        return .admitted
    }

    package mutating func isBanned(_ address: IPAddress, _ way: Way, at now: Instant) -> Bool {
        self.isBanned(Key(holder: address.ofOneHolder, way: way), at: now)
    }

    package mutating func note(_ offence: Offence, of address: IPAddress, _ way: Way, at now: Instant) -> Consequence {
        let key = Key(holder: address.ofOneHolder, way: way)
        var entry = self.entries[key] ?? self.newEntry
        let window = self.limits.ban?.window ?? .seconds(60)
        if now >= entry.windowEnd {
            entry.offences = 0
            entry.windowEnd = now + window
        }
        entry.offences += 1
        self.entries.set(key, to: entry)
        guard let ban = self.limits.ban, entry.offences >= ban.offences, self.makeRoom(ban, at: now) else {
            return entry.offences == 1 ? .first : .counted
        }
        entry.offences = 0
        entry.windowEnd = now
        self.entries.set(key, to: entry)
        self.bans[key] = Ban(end: now + ban.duration)
        return .banned
    }

    private mutating func noteUnheard(_ key: Key) -> Admission {
        guard var ban = self.bans[key] else { return .banned }
        ban.unheardCount += 1
        self.bans[key] = ban
        return ban.unheardCount == Self.floodMin ? .flooding(until: ban.end) : .banned
    }

    private var newEntry: Entry {
        Entry(bucket: TokenBucket(perSecond: self.limits.messagesPerSecond, burst: self.limits.messagesPerSecond))
    }

    private mutating func isBanned(_ key: Key, at now: Instant) -> Bool {
        guard let ban = self.bans[key] else { return false }
        if now < ban.end { return true }
        self.bans[key] = nil
        return false
    }

    /// A full table is swept at most once a second, so that a flood does not walk it for each offence.
    private mutating func makeRoom(_ ban: SourceLimits.Ban, at now: Instant) -> Bool {
        if self.bans.count >= ban.countMax, now >= self.nextSweep {
            self.nextSweep = now + .seconds(1)
            self.bans = self.bans.filter { $0.value.end > now }
        }
        return self.bans.count < ban.countMax
    }
}
