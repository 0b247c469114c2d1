using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// The answers that a route keeps, in no more memory than it may have: what was not used for longest goes first. Memory is counted
/// before it is allocated, that of answers still coming in too.
/// </summary>
internal sealed class CacheStore(long capacity)
{
    private const int PartOfLargest = 8;
    private const int MostVariants = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<StoredAnswer>> _answers = new(StringComparer.Ordinal);
    private readonly LinkedList<StoredAnswer> _byUse = new();
    private long _bytes;

    /// <summary>One answer must not drive out all others.</summary>
    public int LargestAnswer { get; } = (int)Math.Min(capacity / PartOfLargest, int.MaxValue);

    public long Capacity => capacity;

    public int Count
    {
        get
        {
            lock (_lock) return _byUse.Count;
        }
    }

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The newest answer to a request.</summary>
    /// <param name="hasOthers">Whether there are some to requests with other headers.</param>
    public StoredAnswer? Find(string key, IHeaderDictionary request, out bool hasOthers)
    {
        lock (_lock)
        {
            hasOthers = _answers.TryGetValue(key, out var variants);
            if (variants == null) return null;
            foreach (var answer in variants)
            {
                if (!answer.IsFor(request)) continue;
                _byUse.Remove(answer.Place!);
                _byUse.AddLast(answer.Place!);
                return answer;
            }

            return null;
        }
    }

    /// <summary>Keeps an answer whose body is reserved already, instead of the one that it is newer than.</summary>
    /// <returns>False when there is no room: then the body's memory is given back as well.</returns>
    public bool TryPut(StoredAnswer answer)
    {
        if (answer.HeadBytes + answer.Body.Length > LargestAnswer || !TryReserve(answer.HeadBytes))
        {
            Release(answer.Body.Reserved);
            return false;
        }

        lock (_lock)
        {
            if (!_answers.TryGetValue(answer.Key, out var variants)) _answers[answer.Key] = variants = [];
            var before = variants.Find(answer.IsSameVariantAs) ?? (variants.Count == MostVariants ? variants[^1] : null);
            variants.Insert(0, answer);
            answer.Place = _byUse.AddLast(answer);
            if (before != null) DropNeedsLock(before);
        }

        return true;
    }

    /// <summary>Keeps what was freshened, with the same body, unless what it was made of is gone.</summary>
    public void Replace(StoredAnswer before, StoredAnswer answer)
    {
        lock (_lock)
        {
            if (before.Place!.List == null) return;
            _answers[answer.Key].Insert(0, answer);
            answer.Place = _byUse.AddLast(answer);
            _bytes += answer.HeadBytes + answer.Body.Reserved;
            DropNeedsLock(before);
        }

        TryReserve(0);
    }

    /// <summary>Forgets all answers for a key.</summary>
    public void Remove(string key)
    {
        lock (_lock)
        {
            if (!_answers.TryGetValue(key, out var variants)) return;
            foreach (var answer in variants.ToArray()) DropNeedsLock(answer);
        }
    }

    /// <summary>Takes memory, and drops what was not used for longest to have it.</summary>
    public bool TryReserve(int bytes)
    {
        lock (_lock)
        {
            while (_bytes + bytes > capacity && _byUse.First is { } oldest) DropNeedsLock(oldest.Value);
            if (_bytes + bytes > capacity) return false;
            _bytes += bytes;
            return true;
        }
    }

    public void Release(int bytes)
    {
        lock (_lock) _bytes -= bytes;
    }

    private void DropNeedsLock(StoredAnswer answer)
    {
        var variants = _answers[answer.Key];
        variants.Remove(answer);
        if (variants.Count == 0) _answers.Remove(answer.Key);
        _byUse.Remove(answer.Place!);
        _bytes -= answer.HeadBytes + answer.Body.Reserved;
    }
}
