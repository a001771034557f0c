/// Payloads of any length in equal cells, so that a jitter buffer never allocates and never fragments.
///
/// One block of memory, taken at the start; a payload is a chain of cells. 20 ms of G.711 fill exactly one.
struct CellStore: Sendable {
    /// A stored payload. Give it back once with `release`.
    struct Chain: Hashable, Sendable {
        fileprivate var firstCell: Int16
        var lengthInBytes: Int
    }

    private var octets: [UInt8]
    /// The cell after each cell, in its chain or in the list of free cells; -1 ends both.
    private var nextCell: [Int16]
    private var firstFree: Int16
    private(set) var freeCount: Int

    static let cellLength = 160

    init(cellsMax: Int) {
        precondition((1...Int(Int16.max)).contains(cellsMax), "cells are numbered with 16 bits")
        self.octets = Array(repeating: 0, count: cellsMax * Self.cellLength)
        self.nextCell = (1...cellsMax).map { $0 == cellsMax ? -1 : Int16($0) }
        self.firstFree = 0
        self.freeCount = cellsMax
    }

    /// Copies a payload in; nil when too few cells are free, or the payload is empty.
    mutating func store(_ payload: Span<UInt8>) -> Chain? {
        let needed = (payload.count + Self.cellLength - 1) / Self.cellLength
        guard needed > 0, needed <= self.freeCount else { return nil }
        let chain = Chain(firstCell: self.firstFree, lengthInBytes: payload.count)
        var cell = self.firstFree
        var read = 0
        while true {
            let base = Int(cell) * Self.cellLength
            let length = min(Self.cellLength, payload.count - read)
            for offset in 0..<length { self.octets[base + offset] = payload[read + offset] }
            read += length
            guard read < payload.count else { break }
            cell = self.nextCell[Int(cell)]
        }
        self.firstFree = self.nextCell[Int(cell)]
        self.nextCell[Int(cell)] = -1
        self.freeCount -= needed
        return chain
    }

    /// Copies a payload out to the start of `payload`, which must have room for it.
    func load(_ chain: Chain, into payload: inout MutableSpan<UInt8>) {
        precondition(payload.count >= chain.lengthInBytes, "room for the whole payload")
        var cell = chain.firstCell
        var written = 0
        while written < chain.lengthInBytes {
            let base = Int(cell) * Self.cellLength
            let length = min(Self.cellLength, chain.lengthInBytes - written)
            for offset in 0..<length { payload[written + offset] = self.octets[base + offset] }
            written += length
            cell = self.nextCell[Int(cell)]
        }
    }

    mutating func release(_ chain: Chain) {
        var last = chain.firstCell
        var count = 1
        while self.nextCell[Int(last)] >= 0 {
            last = self.nextCell[Int(last)]
            count += 1
        }
        self.nextCell[Int(last)] = self.firstFree
        self.firstFree = chain.firstCell
        self.freeCount += count
    }
}
