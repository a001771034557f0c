/// What a stream carries.
package enum StreamUnit: Hashable, Sendable {
    /// One whole message, for `MessageParser`.
    case message([UInt8])
    /// A keep-alive of two line ends, to be answered with one (RFC 5626 section 3.5.1).
    case ping
    /// The answer to a ping of ours.
    case pong
}

/// A stream in which the end of a message cannot be found: it has to be closed.
package enum StreamFramerError: Error, Hashable, Sendable {
    /// No end of the head within the limit.
    case headTooLong
    /// The head came whole, yet says no usable length of the body: Content-Length is missing (RFC 3261 section 18.3
    /// makes it mandatory on streams), malformed, contradictory, or over the limit. The request can still be answered.
    case noUsableLength(MalformedMessage)
}

/// Cuts a TCP or TLS stream into messages by Content-Length (RFC 3261 section 18.3).
///
/// ```
///   betweenMessages ──head──▶ readingBody(length) ──body──▶ betweenMessages
///          └───────────────── failed ◀────────┘
/// ```
/// The caller takes units until there is none after each read, so no more is held than one message and one read.
package struct StreamFramer: Sendable {
    private enum State: Hashable {
        /// No head has ended yet; the first `searched` bytes hold no end of one.
        case betweenMessages(searched: Int)
        case readingBody(messageLength: Int)
        case failed(StreamFramerError)
    }

    private let limits: MessageLimits
    private var state = State.betweenMessages(searched: 0)
    private var buffer: [UInt8] = []
    private var isPongExpected = false

    package init(limits: MessageLimits = .default) {
        self.limits = limits
    }

    /// Bytes of a message that is not whole yet are waiting: the caller bounds the time in which the rest has to come.
    package var isInsideMessage: Bool { !self.buffer.isEmpty }

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        if case .failed = self.state { return }
        self.buffer += bytes
    }

    /// A ping was sent: the next single line end between messages is its answer. Without this a single line end is
    /// taken for the first half of the peer's ping.
    package mutating func expectPong() {
        self.isPongExpected = true
    }

    /// The next unit, or nil until more bytes come. An error is final and thrown again each time.
    package mutating func next() throws(StreamFramerError) -> StreamUnit? {
        switch self.state {
        case .failed(let error): throw error
        case .readingBody(let length): return self.takeMessage(length)
        case .betweenMessages(let searched):
            if searched == 0, let keepAlive = self.takeLineEnds() { return keepAlive }
            return try self.takeHead(searched: searched)
        }
    }

    /// Line ends before a start line. A lone one before a message says nothing and is dropped.
    private mutating func takeLineEnds() -> StreamUnit? {
        while self.buffer.starts(with: [0x0D, 0x0A]) {
            if self.buffer.starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) {
                self.buffer.removeFirst(4)
                return .ping
            }
            if self.buffer.count == 3, self.buffer[2] == 0x0D { return nil }
            if self.isPongExpected {
                self.isPongExpected = false
                self.buffer.removeFirst(2)
                return .pong
            }
            if self.buffer.count == 2 { return nil }
            self.buffer.removeFirst(2)
        }
        return nil
    }

    private mutating func takeHead(searched: Int) throws(StreamFramerError) -> StreamUnit? {
        if self.buffer.isEmpty || self.buffer == [0x0D] || self.buffer.starts(with: [0x0D, 0x0A]) { return nil }
        let window = self.buffer.prefix(self.limits.headLengthMax)
        guard let blankLine = MessageHead.indexOfBlankLine(in: window[min(searched, window.endIndex)...]) else {
            guard self.buffer.count < self.limits.headLengthMax else { throw self.fail(.headTooLong) }
            // The last three bytes may be the beginning of the empty line.
            self.state = .betweenMessages(searched: max(0, self.buffer.count - 3))
            return nil
        }
        let headLength = blankLine + 4
        let head = MessageHead(Array(self.buffer[..<headLength]), from: 0, limits: self.limits)
        let bodyLength: Int
        do throws(SIPSyntaxError) {
            guard let length = try head.headers.contentLength else { throw .missingHeader(.contentLength) }
            guard length <= self.limits.bodyLengthMax else { throw .messageTooLong }
            bodyLength = length
        } catch {
            throw self.fail(.noUsableLength(MalformedMessage(fault: error, head: head)))
        }
        self.state = .readingBody(messageLength: headLength + bodyLength)
        return self.takeMessage(headLength + bodyLength)
    }

    private mutating func takeMessage(_ length: Int) -> StreamUnit? {
        guard self.buffer.count >= length else { return nil }
        // Appended, as an array of all that a buffer holds is the buffer itself: whoever kept the message would keep the
        // room of the largest burst with it.
        var message: [UInt8] = []
        message.reserveCapacity(length)
        message += self.buffer[..<length]
        self.buffer.removeFirst(length)
        if self.buffer.isEmpty, self.buffer.capacity > Self.keptCapacityMax { self.buffer = [] }
        self.state = .betweenMessages(searched: 0)
        return .message(message)
    }

    /// What an idle connection keeps for its next message.
    private static let keptCapacityMax = 4_096

    private mutating func fail(_ error: StreamFramerError) -> StreamFramerError {
        self.state = .failed(error)
        self.buffer = []
        return error
    }
}
