import CLinux

/// The descriptors that the process keeps back.
///
/// Not everything survives their end: the runtime's own dispatch library opens a file in /proc from time to time, and ends
/// the process where it cannot. So nothing that others can ask for is given the last of them. The kernel is the one
/// source of how many are open.
package enum DescriptorReserve {
    /// Kept back where the process may have many; of few a quarter is.
    private static let countMax = 64

    /// Whether a call or a connection more may be taken.
    package static var admitsMore: Bool {
        let (left, limit) = Self.counts
        return left > Self.reserve(of: limit)
    }

    /// Whether what has been taken may go on to open what it needs, and the API may be asked about it: half of the reserve is
    /// for that. The other half is for what nobody can ask for.
    package static var admitsParts: Bool {
        let (left, limit) = Self.counts
        return left > Self.reserve(of: limit) / 2
    }

    /// What is kept back of `limit` descriptors.
    package static func reserve(of limit: Int) -> Int {
        min(Self.countMax, limit / 4)
    }

    /// How many may still be opened, and how many may be open.
    package static var counts: (left: Int, limit: Int) {
        var limit: Int64 = 0
        // Safe: the callee writes one number within the call.
        let left = unsafe clinux_descriptors_left(&limit)
        return (Int(left), Int(limit))
    }
}
