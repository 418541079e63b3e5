namespace Foreshard.Mapping;

/// <summary>An immutable array in pages, so that a change copies the pages it touches and the list of pages, not the whole.</summary>
/// <remarks>Every index from 0 on can be read; what was never set is the default. Pages that hold nothing but defaults take no memory.</remarks>
internal sealed class PagedArray<T>
{
    private readonly T[]?[] pages;
    private readonly int pageBits;

    private PagedArray(T[]?[] pages, int pageBits)
    {
        this.pages = pages;
        this.pageBits = pageBits;
    }

    public T? this[int index]
    {
        get
        {
            var page = index >> pageBits;
            return page < pages.Length && pages[page] is { } items ? items[index & ((1 << pageBits) - 1)] : default;
        }
    }

    /// <summary>An empty array with pages of 2^<paramref name="pageBits"/> items.</summary>
    public static PagedArray<T> Empty(int pageBits) => new([], pageBits);

    /// <summary>Gathers changes of one array and makes the next of them. Used once, by one thread.</summary>
    internal sealed class Editor(PagedArray<T> array)
    {
        private readonly HashSet<int> copied = [];
        private T[]?[] pages = array.pages;

        public void Set(int index, T? value)
        {
            var page = index >> array.pageBits;
            if (copied.Count == 0 || page >= pages.Length) CopyPageList(page);
            if (copied.Add(page)) pages[page] = (T[]?)pages[page]?.Clone();

            var items = pages[page] ??= new T[1 << array.pageBits];
            items[index & (items.Length - 1)] = value!;
            if (value is null && Array.TrueForAll(items, static item => item is null)) pages[page] = null;
        }

        public PagedArray<T> ToArray() => copied.Count == 0 ? array : new PagedArray<T>(pages, array.pageBits);

        private void CopyPageList(int lastPage)
        {
            // At its end the list grows by more than is asked: a table that is loaded in order would otherwise copy it for each page.
            var length = lastPage < pages.Length ? pages.Length : lastPage + 1 + (pages.Length / 4);
            var copy = new T[]?[length];
            pages.CopyTo(copy, 0);
            pages = copy;
        }
    }
}
