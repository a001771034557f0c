import Addressing
import SIPSyntax

/// Every open connection, and those being made with the messages that wait for them.
///
/// ```
///   (none) ──dial──▶ connecting(waiting…) ──opened──▶ open ──closed──▶ (none)
///                          └──────────failed──────────────────────────▶ (none)
/// ```
/// A value without I/O: what it returns is for its owner to act on.
struct ConnectionPool {
    /// A message that waits for its connection.
    struct Waiting: Sendable {
        let bytes: [UInt8]
        let completion: SendCompletion
    }

    /// A connection being made.
    struct Dial: Sendable {
        let connection: ConnectionID
        let target: DialTarget
        /// The servers of the host that are still to be tried when this one fails.
        let alternatives: [TransportAddress]
        var waiting: [Waiting]
    }

    private enum Entry {
        case connecting(Dial)
        case open(ConnectionID)
    }

    enum Reuse {
        case open(Connection)
        /// The message waits now.
        case waiting
        case waitingListFull
        case none
    }

    private var open: [ConnectionID: Connection] = [:]
    private var dialled: [ConnectionKey: Entry] = [:]

    var dialledCount: Int { self.dialled.count }
    var openConnections: some Collection<Connection> { self.open.values }

    /// The connection that a message names, when it still lives.
    func connection(_ id: ConnectionID) -> Connection? {
        self.open[id]
    }

    /// The connection to one peer; a message for one being made is kept until it is open.
    mutating func reuse(_ key: ConnectionKey, for message: Waiting, waitingMax: Int) -> Reuse {
        switch self.dialled[key] {
        case .open(let id):
            return self.open[id].map { .open($0) } ?? .none
        case .connecting(var dial):
            guard dial.waiting.count < waitingMax else { return .waitingListFull }
            dial.waiting.append(message)
            self.dialled[key] = .connecting(dial)
            return .waiting
        case nil:
            return .none
        }
    }

    mutating func begin(_ dial: Dial, for key: ConnectionKey) {
        precondition(self.dialled[key] == nil, "one connection for each key")
        self.dialled[key] = .connecting(dial)
    }

    /// Notes an open connection and returns the messages that waited for it.
    mutating func didOpen(_ connection: Connection) -> [Waiting] {
        let id = connection.opened.path.connection
        guard let id else { return [] }
        self.open[id] = connection
        guard let key = connection.origin.key, case .connecting(let dial) = self.dialled[key] else { return [] }
        self.dialled[key] = .open(id)
        return dial.waiting
    }

    /// Forgets a connection being made; the caller tries the alternatives or fails what waits.
    mutating func didFail(_ id: ConnectionID, _ key: ConnectionKey) -> Dial? {
        guard case .connecting(let dial) = self.dialled[key], dial.connection == id else { return nil }
        self.dialled[key] = nil
        return dial
    }

    /// Forgets an open connection.
    mutating func didClose(_ id: ConnectionID) -> Connection? {
        guard let connection = self.open.removeValue(forKey: id) else { return nil }
        if let key = connection.origin.key, case .open(id) = self.dialled[key] { self.dialled[key] = nil }
        return connection
    }

    /// Forgets every connection being made, and returns what waited.
    mutating func abandonDials() -> [Dial] {
        let dials = self.dialled.values.compactMap { entry -> Dial? in
            if case .connecting(let dial) = entry { dial } else { nil }
        }
        self.dialled = self.dialled.filter { entry in if case .open = entry.value { true } else { false } }
        return dials
    }
}
