import CLibFuzzer
import Foundation

/// `fuzz TARGET [libFuzzer's options] FOLDER...`: the first folder is written to. `fuzz --list` names the targets.
@main struct Main {
    static func main() {
        let arguments = CommandLine.arguments
        if arguments.dropFirst() == ["--list"] {
            for target in FuzzTarget.allCases { print(target.rawValue) }
            return
        }
        guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) else {
            print("usage: fuzz TARGET [options of libFuzzer] FOLDER...\n       fuzz --list")
            exit(2)
        }
        let kept = [arguments[0]] + arguments.dropFirst(2)
        // libFuzzer keeps the arguments until the process ends, so they are never freed.
        let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: kept.count + 1)
        // Safe: room for every argument and for the nil that ends them.
        unsafe vector.initialize(repeating: nil, count: kept.count + 1)
        for (index, argument) in kept.enumerated() { unsafe vector[index] = unsafe strdup(argument) }
        var count = CInt(kept.count)
        var start: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe vector
        exit(unsafe LLVMFuzzerRunDriver(&count, &start, target.test))
    }
}
